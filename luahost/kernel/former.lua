-- former: calls that applications of older systems make. They answer as if all were current.
local K = ...
local is_warned = false

local function deprecated(name, answer)
  return function(self)
    if self ~= K.session then K.arguments.colon(name) end
    if not is_warned then
      is_warned = true
      K.logs.log("warn", "newVersion, getVersion and needsMutation are deprecated: instances follow their prototypes by themselves")
    end
    return answer
  end
end

return {
  api = {
    newVersion = deprecated("newVersion", 1),
    getVersion = deprecated("getVersion", 1),
    needsMutation = deprecated("needsMutation", false),
  },
}
