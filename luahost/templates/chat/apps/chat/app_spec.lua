--- What the chat room promises. `luahost test` runs it, each `it` in a session of its own.

local Room = require("chat.app")
local Seat = require("chat.seat")

local function pass(room, ticks)
  for _ = 1, ticks do
    room:tick()
  end
end

describe("a room", function()
  local room

  before_each(function()
    room = Room:new()
  end)

  it("lets those in who say something", function()
    room:say("Ann", "good morning")
    room:say("Ann", "anybody here?")
    assert.same({ "Ann" }, room:present())
    assert.equal("good morning", room.messages[1].text)
  end)

  it("refuses a message without words", function()
    assert.has_error(function()
      room:say("Ann", " ")
    end, "a message needs some words")
    assert.same({}, room.guests)
  end)

  it("keeps the latest messages", function()
    room.keep = 2
    for _, text in ipairs({ "one", "two", "three" }) do
      room:say("Ann", text)
    end
    assert.equal(2, #room.messages)
    assert.equal("two", room.messages[1].text)
  end)

  it("notices who is silent, and has them back when they speak", function()
    room:say("Ann", "good morning")
    pass(room, room.awayAfter)
    assert.same({}, room:present())
    room:say("Ann", "here I am")
    assert.same({ "Ann" }, room:present())
  end)

  it("forgets who is silent for too long", function()
    room:say("Ann", "good morning")
    pass(room, room.goneAfter)
    assert.same({}, room.guests)
  end)
end)

describe("a seat", function()
  local room, seat

  before_each(function()
    room = Room:new()
    seat = Seat:new({
      getValue = function()
        return room
      end,
    })
  end)

  it("sends what was typed, and is empty then", function()
    seat.name, seat.words = "Ann", "good morning"
    seat:send()
    assert.equal("good morning", room.messages[1].text)
    assert.equal("", seat.words)
  end)

  it("keeps what was typed when something is wrong", function()
    seat.words = "good morning"
    seat:send()
    assert.equal("who says that?", seat.trouble)
    assert.equal("good morning", seat.words)
  end)
end)
