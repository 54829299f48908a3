-- json: the guest's `ui.json_encode` and `ui.json_decode`. What can't be told is `nil, message`, never an error.
local K = ...
local type, pcall, error = type, pcall, error

-- Any error but the rooms' own refusals (no memory, no time) is not ours to hide.
local function try(f, ...)
  local ok, answer = pcall(f, ...)
  if ok then return answer end
  if type(answer) ~= "table" or not answer.refused then error(answer, 0) end
  return nil, answer.refused
end

return {
  encode = function(value) return try(K.json_writer.write, value) end,
  decode = function(text) return try(K.json_reader.read, text) end,
}
