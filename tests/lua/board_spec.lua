local spec = require("spec")
local describe, it, before_each, same, raises = spec.describe, spec.it, spec.before_each, spec.same, spec.raises

describe("board", function()
  local board

  before_each(function()
    board = app.board
  end)

  it("begins with a lobby in which nobody is", function()
    same({ #board.rooms, board:room().name, board:people(), board:read() }, { 1, "lobby", {}, {} })
  end)

  it("opens a room once", function()
    local garden = board:open("garden", "plants")
    same({ board:open("garden") == garden, #board.rooms, garden.topic }, { true, 2, "plants" })
    raises("needs a name", function()
      board:open(" ")
    end)
    raises("no room cellar", function()
      board:post("Ann", "hello", "cellar")
    end)
  end)

  it("lets guests in and out, once each", function()
    board:join("Ann")
    board:join(" Ann ")
    board:leave("Ann")
    board:leave("Ann")
    same(board:read(), { "-- Ann joined", "-- Ann left" })
    same(board:people(), {})
  end)

  it("lets whoever posts in, and keeps rooms apart", function()
    board:open("garden")
    board:post("Ann", " hello ", "garden")
    same(board:read("garden"), { "-- Ann joined", "Ann: hello" })
    same(board:read(), {})
  end)

  it("refuses an empty message, and nobody has joined", function()
    raises("needs some words", function()
      board:post("Ann", "  ")
    end)
    raises("a guest needs a name", function()
      board:post("", "hello")
    end)
    same(board:read(), {})
  end)

  it("keeps the latest messages", function()
    board:room().keep = 2
    board:post("Ann", "one")
    board:post("Ann", "two")
    board:post("Ann", "three")
    same(board:read(), { "Ann: two", "Ann: three" })
  end)

  it("shares nothing between boards", function()
    local other = session:prototype("board.Board"):new()
    other:post("Ann", "hello")
    same({ #board:read(), #other:read() }, { 0, 2 })
  end)

  it("marks silent guests as away, and lets them go after a while", function()
    board.awayAfter, board.goneAfter = 2, 4
    board:join("Ann")
    board:tick()
    same(board:people()[1].away, false)
    board:tick()
    same(board:people()[1].away, true)
    board:typing("Ann")
    same(board:people(), { { name = "Ann", away = false, typing = true } })
    for _ = 1, 4 do
      board:tick()
    end
    same(board:people(), {})
    same(board:read()[2], "-- Ann left: nothing heard for a while")
  end)

  it("lets several go in one tick", function()
    board.goneAfter = 1
    board:join("Ann")
    board:join("Ben")
    board:join("Cleo")
    board:tick()
    same(board:people(), {})
  end)

  it("runs its timer only while somebody is there", function()
    same(board._timer, nil)
    board:join("Ann")
    local timer = board._timer
    board:join("Ben")
    same({ timer ~= nil, board._timer == timer }, { true, true })
    board:leave("Ann")
    board:leave("Ben")
    board:tick()
    same(board._timer, nil)
  end)

  it("ends the timer of somebody's typing with a message, and when they leave", function()
    board:typing("Ann")
    board:post("Ann", "hello")
    same(board:people()[1].typing, false)
    board:typing("Ann")
    local guest = board:room():guest("Ann")
    board:leave("Ann")
    same(guest._typingTimer, nil)
  end)

  it("says what it can't answer", function()
    board:answer(board:room(), "dance", "")
    same(board:read(), { "-- no command /dance; there are /who and /topic" })
  end)
end)

describe("the board's timers", function()
  local board

  before_each(function()
    board = app.board
  end)

  it("answer a command in a later turn, behind the message", function()
    board:post("Ann", "/topic cats")
    same({ #board:read(), board:room().topic }, { 2, "everything" })
    spec.after(0, function()
      return #board:read() == 3
    end)
    same({ board:read()[3], board:room().topic }, { "-- topic: cats", "cats" })
  end)

  it("tick while somebody is there", function()
    board:join("Ann")
    spec.after(board.tickMs / 1000, function()
      return board:room():guest("Ann").idle > 0
    end)
  end)

  it("end typing after its time", function()
    board:typing("Ann")
    spec.after(board.typingMs / 1000, function()
      return not board:people()[1].typing
    end)
    same(board:room():guest("Ann")._typingTimer, nil)
  end)

  it("begin the time of typing anew with each sign of it", function()
    board:typing("Ann")
    spec.after(2, function()
      return board:room():guest("Ann").idle >= 1
    end)
    board:typing("Ann")
    -- 2.5 s later the first timer's time would be over; the tick shows that this time has passed.
    spec.after(2.5, function()
      return board:room():guest("Ann").idle >= 1
    end)
    same(board:people()[1].typing, true)
    spec.after(1, function()
      return not board:people()[1].typing
    end)
  end)

  it("follow a saved method: the tick that runs is the new one", function()
    board:join("Ann")
    same(spec.edit("apps/board/app.lua", {
      { "local occupied = false\n", "local occupied = true\n  self.ticked = true\n" },
    }), true)
    spec.after(board.tickMs / 1000, function()
      return board.ticked
    end)
  end)

  it("follow a saved default at the next tick", function()
    board:join("Ann")
    same(spec.edit("apps/board/app.lua", { { "awayAfter = 60,", "awayAfter = 1," } }), true)
    spec.after(board.tickMs / 1000, function()
      return board:people()[1].away
    end)
  end)

  it("take a saved interval, and are not doubled", function()
    board:join("Ann")
    local timer = board._timer
    same(spec.edit("apps/board/app.lua", { { "tickMs = 1000,", "tickMs = 50," } }), true)
    spec.after(0, function()
      return board._timer ~= timer
    end)
    spec.after(0.05, function()
      return board:room():guest("Ann").idle > 0
    end)
    same(board:room():guest("Ann").idle, 1)
  end)

  it("are told once of each reload, however often the file ran", function()
    board:join("Ann")
    local function told()
      local count = 0
      for _, line in ipairs(board:read()) do
        count = count + (line:find("new code", 1, true) and 1 or 0)
      end
      return count
    end
    same(spec.edit("apps/board/app.lua", { { "there are /who and /topic", "there is /who and /topic" } }), true)
    spec.after(0, function()
      return told() == 1
    end)
    same(spec.edit("apps/board/app.lua", { { "there is /who and /topic", "there are /who and /topic" } }), true)
    spec.after(0, function()
      return told() == 2
    end)
    same(told(), 2)
  end)

  it("go on when a save of another file fails", function()
    board:join("Ann")
    same(spec.edit("apps/board/room.lua", { { "return Room\n", 'error("half way")\n' } }), false)
    spec.after(board.tickMs / 1000, function()
      return board:room():guest("Ann").idle > 0
    end)
  end)
end)

describe("the board's desk", function()
  local board, desk

  before_each(function()
    board = app.board
    desk = board.desk
  end)

  it("posts what was typed, in the room where it is", function()
    desk.name, desk.words = "Ann", "hello"
    desk:post()
    same({ board:read(), desk.words, desk.problem }, { { "-- Ann joined", "Ann: hello" }, "", nil })
  end)

  it("keeps what was typed when it can't be posted, and says why", function()
    desk.words = "hello"
    desk:post()
    same({ desk.words, desk.problem }, { "hello", "a guest needs a name" })
  end)

  it("opens a room and goes there", function()
    desk.opening = " garden "
    desk:open()
    same({ desk.room.name, desk.opening, board:room("garden"):isShown() }, { "garden", "", true })
    board:room():enter()
    same({ desk.room.name, board:room("garden"):isShown() }, { "lobby", false })
  end)

  it("says who types, once there is a name", function()
    desk:typing()
    same(board:people(), {})
    desk.name = "Ann"
    desk:typing()
    same({ board:room():guest("Ann"):state(), board:room():occupancy() }, { "is typing", 1 })
    board:leave("Ann")
    same({ board:people(), board:room():occupancy() }, { {}, nil })
  end)

  it("is there for a board that is older than it", function()
    board.desk, board:room().board = nil, nil
    board:mutate()
    board:room():enter()
    same(board.desk.room == board:room(), true)
  end)
end)
