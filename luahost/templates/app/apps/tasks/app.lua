--- A list of tasks. Try it at the prompt of `luahost run`:
---
---   app:add("buy bread")
---   app.tasks[1]:toggle()
---   =app:summary()
---
--- Then change something here and save it, while the prompt is waiting.

---@class Task
---@field title string
---@field done boolean
---@field list? TaskList the list that it is in
local Task = session:prototype("Task", {
  -- Defaults: a task that never assigned a field reads it from here, so a change shows at once in those that exist.
  title = "",
  done = false,
  -- EMPTY: the field is declared, and begins as nil.
  list = EMPTY,
})

--- Brings a task that exists to the fields above. luahost calls it, once for each task, after a save that changed
--- them. A field that has just been added reads nil here, one that is gone has its old value:
---
---   self.due = self.due or "some day"
---
---@param change luahost.Change what of the fields has changed, with the defaults
function Task:mutate(change) end

--- Marks the task as done, or as not done after all.
function Task:toggle()
  self.done = not self.done
end

--- Takes the task off its list.
function Task:remove()
  self.list:remove(self)
end

---@class TaskList
---@field tasks Task[]
---@field draft string what is being typed on the page
local TaskList = session:prototype("TaskList", {
  draft = "",
  -- Not `{}`: that one table would belong to the prototype, and all lists would share it. `new` makes one for each.
  tasks = EMPTY,
})

--- Makes an empty list.
---@return TaskList
function TaskList:new()
  return session:create(self, { tasks = {} })
end

--- Adds a task; one without a title is refused.
---@param title string
---@return Task
function TaskList:add(title)
  if not title:find("%S") then
    error("a task needs a title", 0)
  end
  local task = session:create(Task, { title = title, list = self })
  self.tasks[#self.tasks + 1] = task
  return task
end

--- Adds the task that was typed on the page.
function TaskList:addDraft()
  self:add(self.draft)
  self.draft = ""
end

--- Takes a task off the list.
---@param task Task
function TaskList:remove(task)
  for position, candidate in ipairs(self.tasks) do
    if candidate == task then
      table.remove(self.tasks, position)
      return
    end
  end
end

--- Returns how many tasks are still to be done.
---@return integer
function TaskList:left()
  local count = 0
  for _, task in ipairs(self.tasks) do
    count = count + (task.done and 0 or 1)
  end
  return count
end

--- Returns the list in one line.
---@return string
function TaskList:summary()
  return self:left() .. " of " .. #self.tasks .. " to do"
end

return TaskList
