describe("board", function()
  local board

  before_each(function()
    board = app.board
  end)

  it("begins with a lobby in which nobody is", function()
    assert.same({ 1, "lobby", {}, {} }, { #board.rooms, board:room().name, board:people(), board:read() })
  end)

  it("opens a room once", function()
    local garden = board:open("garden", "plants")
    assert.same({ true, 2, "plants" }, { board:open("garden") == garden, #board.rooms, garden.topic })
    assert.error_matches(function()
      board:open(" ")
    end, "needs a name")
    assert.error_matches(function()
      board:post("Ann", "hello", "cellar")
    end, "no room cellar")
  end)

  it("lets guests in and out, once each", function()
    board:join("Ann")
    board:join(" Ann ")
    board:leave("Ann")
    board:leave("Ann")
    assert.same({ "-- Ann joined", "-- Ann left" }, board:read())
    assert.same({}, board:people())
  end)

  it("lets whoever posts in, and keeps rooms apart", function()
    board:open("garden")
    board:post("Ann", " hello ", "garden")
    assert.same({ "-- Ann joined", "Ann: hello" }, board:read("garden"))
    assert.same({}, board:read())
  end)

  it("refuses an empty message, and nobody has joined", function()
    assert.error_matches(function()
      board:post("Ann", "  ")
    end, "needs some words")
    assert.error_matches(function()
      board:post("", "hello")
    end, "a guest needs a name")
    assert.same({}, board:read())
  end)

  it("keeps the latest messages", function()
    board:room().keep = 2
    board:post("Ann", "one")
    board:post("Ann", "two")
    board:post("Ann", "three")
    assert.same({ "Ann: two", "Ann: three" }, board:read())
  end)

  it("shares nothing between boards", function()
    local other = session:prototype("board.Board"):new()
    other:post("Ann", "hello")
    assert.same({ 0, 2 }, { #board:read(), #other:read() })
  end)

  it("marks silent guests as away, and lets them go after a while", function()
    board.awayAfter, board.goneAfter = 2, 4
    board:join("Ann")
    board:tick()
    assert.is_false(board:people()[1].away)
    board:tick()
    assert.is_true(board:people()[1].away)
    board:typing("Ann")
    assert.same({ { name = "Ann", away = false, typing = true } }, board:people())
    for _ = 1, 4 do
      board:tick()
    end
    assert.same({}, board:people())
    assert.equal("-- Ann left: nothing heard for a while", board:read()[2])
  end)

  it("lets several go in one tick", function()
    board.goneAfter = 1
    board:join("Ann")
    board:join("Ben")
    board:join("Cleo")
    board:tick()
    assert.same({}, board:people())
  end)

  it("runs its timer only while somebody is there", function()
    assert.is_nil(board._timer)
    board:join("Ann")
    local timer = board._timer
    board:join("Ben")
    assert.same({ true, true }, { timer ~= nil, board._timer == timer })
    board:leave("Ann")
    board:leave("Ben")
    board:tick()
    assert.is_nil(board._timer)
  end)

  it("ends the timer of somebody's typing with a message, and when they leave", function()
    board:typing("Ann")
    board:post("Ann", "hello")
    assert.is_false(board:people()[1].typing)
    board:typing("Ann")
    local guest = board:room():guest("Ann")
    board:leave("Ann")
    assert.is_nil(guest._typingTimer)
  end)

  it("says what it can't answer", function()
    board:answer(board:room(), "dance", "")
    assert.same({ "-- no command /dance; there are /who and /topic" }, board:read())
  end)
end)

describe("the board's timers", function()
  local board

  before_each(function()
    board = app.board
  end)

  it("answer a command in a later turn, behind the message", function()
    board:post("Ann", "/topic cats")
    assert.same({ 2, "everything" }, { #board:read(), board:room().topic })
    spec.advance(0)
    assert.equal(3, #board:read())
    assert.same({ "-- topic: cats", "cats" }, { board:read()[3], board:room().topic })
  end)

  it("tick while somebody is there", function()
    board:join("Ann")
    spec.advance(board.tickMs / 1000)
    assert.is_true(board:room():guest("Ann").idle > 0)
  end)

  it("end typing after its time", function()
    board:typing("Ann")
    spec.advance(board.typingMs / 1000)
    assert.is_false(board:people()[1].typing)
    assert.is_nil(board:room():guest("Ann")._typingTimer)
  end)

  it("begin the time of typing anew with each sign of it", function()
    board:typing("Ann")
    spec.advance(2)
    assert.is_true(board:room():guest("Ann").idle >= 1)
    board:typing("Ann")
    -- 2.5 s later the first timer's time would be over; the tick shows that this time has passed.
    spec.advance(2.5)
    assert.is_true(board:room():guest("Ann").idle >= 1)
    assert.is_true(board:people()[1].typing)
    spec.advance(1)
    assert.is_false(board:people()[1].typing)
  end)

  it("follow a saved method: the tick that runs is the new one", function()
    board:join("Ann")
    assert.is_nil(spec.edit("apps/board/app.lua", {
      { "local occupied = false\n", "local occupied = true\n  self.ticked = true\n" },
    }).error)
    spec.advance(board.tickMs / 1000)
    assert.is_true(board.ticked)
  end)

  it("follow a saved default at the next tick", function()
    board:join("Ann")
    assert.is_nil(spec.edit("apps/board/app.lua", { { "awayAfter = 60,", "awayAfter = 1," } }).error)
    spec.advance(board.tickMs / 1000)
    assert.is_true(board:people()[1].away)
  end)

  it("take a saved interval, and are not doubled", function()
    board:join("Ann")
    local timer = board._timer
    assert.is_nil(spec.edit("apps/board/app.lua", { { "tickMs = 1000,", "tickMs = 50," } }).error)
    spec.advance(0)
    assert.is_not.equal(timer, board._timer)
    spec.advance(0.05)
    assert.equal(1, board:room():guest("Ann").idle)
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
    assert.is_nil(spec.edit("apps/board/app.lua", { { "there are /who and /topic", "there is /who and /topic" } }).error)
    spec.advance(0)
    assert.equal(1, told())
    assert.is_nil(spec.edit("apps/board/app.lua", { { "there is /who and /topic", "there are /who and /topic" } }).error)
    spec.advance(0)
    assert.equal(2, told())
  end)

  it("go on when a save of another file fails", function()
    board:join("Ann")
    assert.is_false(spec.edit("apps/board/room.lua", { { "return Room\n", 'error("half way")\n' } }).ok)
    spec.advance(board.tickMs / 1000)
    assert.is_true(board:room():guest("Ann").idle > 0)
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
    assert.same({ { "-- Ann joined", "Ann: hello" }, "", nil }, { board:read(), desk.words, desk.problem })
  end)

  it("keeps what was typed when it can't be posted, and says why", function()
    desk.words = "hello"
    desk:post()
    assert.same({ "hello", "a guest needs a name" }, { desk.words, desk.problem })
  end)

  it("opens a room and goes there", function()
    desk.opening = " garden "
    desk:open()
    assert.same({ "garden", "", true }, { desk.room.name, desk.opening, board:room("garden"):isShown() })
    board:room():enter()
    assert.same({ "lobby", false }, { desk.room.name, board:room("garden"):isShown() })
  end)

  it("says who types, once there is a name", function()
    desk:typing()
    assert.same({}, board:people())
    desk.name = "Ann"
    desk:typing()
    assert.same({ "is typing", 1 }, { board:room():guest("Ann"):state(), board:room():occupancy() })
    board:leave("Ann")
    assert.same({ {}, nil }, { board:people(), board:room():occupancy() })
  end)

  it("is there for a board that is older than it", function()
    board.desk, board:room().board = nil, nil
    board:mutate()
    board:room():enter()
    assert.equal(board:room(), board.desk.room)
  end)
end)
