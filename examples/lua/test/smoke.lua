-- What a broken build would most likely get wrong, one check a line.
local checks = 0
local function check(what, ok)
  checks = checks + 1
  if not ok then error("failed: " .. what, 2) end
end

check("integers and floats are apart", math.type(1) == "integer" and math.type(1.0) == "float")
check("string patterns", ("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key")
check("closures", (function() local n = 0; return function() n = n + 1; return n end end)()() == 1)
check("metatables", setmetatable({}, { __index = function(_, k) return k .. "!" end }).hi == "hi!")
check("errors are caught", select("#", pcall(error, "x")) == 2)
check("utf8", utf8.len("äöü") == 3)
check("sorting", table.concat((function(t) table.sort(t); return t end)({ 3, 1, 2 }), ",") == "1,2,3")

local steps = {}
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
for i = 1, 3 do steps[i] = co() end
check("coroutines", #steps == 3 and steps[3] == 3)

print(("%s: %d checks passed"):format(_VERSION, checks))
