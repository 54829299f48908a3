-- former: calls that applications of older systems make. They answer as if all were current.
local K = ...
local is_warned = false

local function deprecated(answer)
  return function()
    if not is_warned then
      is_warned = true
      K.logs.log("warn", "newVersion, getVersion and needsMutation are deprecated: instances follow their prototypes by themselves")
    end
    return answer
  end
end

return { api = { newVersion = deprecated(1), getVersion = deprecated(1), needsMutation = deprecated(false) } }
