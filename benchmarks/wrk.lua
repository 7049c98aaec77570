-- Asks the questions of a file in turn, and tells at the end what came of it as one line of JSON.
local questions, count, place = {}, 0, 0

function init(args)
  local method, path, file = args[1], args[2], args[3]
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  for name, value in pairs(wrk.headers) do headers[name] = value end
  for line in io.lines(file) do
    count = count + 1
    if method == "GET" then
      questions[count] = wrk.format("GET", line, headers)
    else
      questions[count] = wrk.format("POST", path, headers, line)
    end
  end
end

function request()
  place = place % count + 1
  return questions[place]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "errors": %d, "p50": %d, "p95": %d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(95)))
end
