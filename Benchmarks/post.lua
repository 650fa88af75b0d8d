-- Posts the bodies of some files in turn: BODIES=FILE,FILE … TARGET=Kinesis_20131202.PutRecords TYPE=application/x-amz-json-1.1
local requests, turn = {}, 0
init = function()
  local headers = { ['Content-Type'] = os.getenv('TYPE'), ['X-Amz-Target'] = os.getenv('TARGET') }
  for path in os.getenv('BODIES'):gmatch('[^,]+') do
    local file = assert(io.open(path, 'rb'))
    requests[#requests + 1] = wrk.format('POST', '/', headers, file:read('*a'))
    file:close()
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT %d %.6f %d %.3f %.3f\n', summary.requests, summary.duration / 1e6,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
