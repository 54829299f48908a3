--- Small questions about text that every app asks.
---
--- A module table: save this file and everybody who holds it (`local text = require("text")`) calls the new
--- functions, because luahost keeps the table and replaces what is in it. That holds for calls through the table
--- only: a function copied out of it (`local trim = text.trim`) stays the old one until the file that copied it runs
--- again.

local M = {}

--- Returns `value` without white space at both ends.
---@param value string
---@return string
function M.trim(value)
  return value:match("^%s*(.*%S)") or ""
end

--- Returns whether there is nothing to read in `value`: nil, not text, or white space alone.
---@param value any
---@return boolean
function M.isBlank(value)
  return type(value) ~= "string" or not value:find("%S")
end

--- Returns the parts of `value` between separators, trimmed, empty ones left out: `split("a, b,", ",")` is `{"a",
--- "b"}`.
---@param value string
---@param separator string plain text, not a pattern
---@return string[]
function M.split(value, separator)
  if separator == "" then
    error("text.split needs a separator", 2)
  end
  local parts = {}
  local from = 1
  while from do
    local first, last = value:find(separator, from, true)
    local part = M.trim(value:sub(from, first and first - 1))
    if part ~= "" then
      parts[#parts + 1] = part
    end
    from = last and last + 1
  end
  return parts
end

--- Returns whether `value` contains `wanted`, upper and lower case being the same. Nothing wanted is always found.
---@param value string
---@param wanted string plain text, not a pattern: people search for "a.b" and "(1)"
---@return boolean
function M.contains(value, wanted)
  return value:lower():find(wanted:lower(), 1, true) ~= nil
end

--- Returns the first letters of the first and the last word, in any alphabet: `initials("Ann van Berg")` is "AB".
---@param value string
---@return string
function M.initials(value)
  -- One byte, or the first of several and what belongs to it.
  local letter = "[%z\1-\127\194-\244][\128-\191]*"
  local first, last = value:match("^%s*(" .. letter .. ")"), value:match("%s(" .. letter .. ")%S*%s*$")
  return ((first or "") .. (last or "")):upper()
end

--- Returns the count with its noun: `plural(1, "contact")` is "1 contact", `plural(2, "reply", "replies")` "2
--- replies".
---@param count integer
---@param noun string
---@param several? string the noun for any count but one; with an added "s" if not given
---@return string
function M.plural(count, noun, several)
  return count .. " " .. (count == 1 and noun or several or noun .. "s")
end

return M
