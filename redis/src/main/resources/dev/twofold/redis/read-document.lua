-- Reads a document if it is known to be new enough, and otherwise asks for the lease to load it.
--
-- KEYS  document, mark, lease
-- ARGV  position that is needed, the caller's lease (empty for none), its life in milliseconds
--
-- Returns one of
--   {'found', announced, position, reflects, data, cost, milliseconds left}
--   {'leased', announced}   the caller is to load it
--   {'busy', announced}     someone else loads it
--   {'missing', announced}  nobody may store it now, for Redis is full or no lease was asked for
local document = redis.call('HMGET', KEYS[1], 'position', 'reflects', 'data', 'cost')
local mark = redis.call('HMGET', KEYS[2], 'base', 'upto', 'announced')
local announced = mark[3] or ''
if document[3] then
  local reflects = document[2]
  if mark[1] and tonumber(reflects) >= tonumber(mark[1])
      and tonumber(mark[2]) > tonumber(reflects) then
    reflects = mark[2]
  end
  if tonumber(reflects) >= tonumber(ARGV[1]) then
    return {'found', announced, document[1], reflects, document[3], document[4],
      tostring(redis.call('PTTL', KEYS[1]))}
  end
end
if ARGV[2] == '' then
  return {'missing', announced}
end
local lease = redis.pcall('SET', KEYS[3], ARGV[2] .. ' ' .. announced, 'NX', 'PX', ARGV[3])
if type(lease) ~= 'table' then
  return {'busy', announced}
end
if lease.err then
  return {'missing', announced}
end
return {'leased', announced}
