-- Sixteen requests in one write: the load then costs less than the answers, and the server is what
-- is measured.
init = function()
  local requests = {}
  for number = 1, 16 do requests[number] = wrk.format() end
  together = table.concat(requests)
end

request = function() return together end
