-- Stores what the holder of a lease has loaded: compare and set, by the position it reflects.
--
-- KEYS  document, mark, lease
-- ARGV  the caller's lease, position, reflects, data (empty for none such), cost, life in milliseconds
--
-- Refused unless the lease is still there: every change takes it away, and a change that came before
-- it was given is one that the document has to reflect.
--
-- Returns 1 if it is stored, 0 if it is refused.
local lease = redis.call('GET', KEYS[3])
if not lease then
  return 0
end
local space = string.find(lease, ' ', 1, true)
if string.sub(lease, 1, space - 1) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[3])
local announced = tonumber(string.sub(lease, space + 1))
if announced and tonumber(ARGV[3]) < announced then
  return 0
end
local stored = redis.call('HGET', KEYS[1], 'reflects')
if stored and tonumber(stored) > tonumber(ARGV[3]) then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'position', ARGV[2], 'reflects', ARGV[3], 'data', ARGV[4],
  'cost', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1
