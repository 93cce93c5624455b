-- Takes in what the source has changed in the positions after `from` up to `to`.
--
-- KEYS  mark, then for each document that is changed: document, lease
-- ARGV  from, to, life of a tombstone, life of the mark (milliseconds), what this is:
--         'part'  some of the changes, others follow
--         'all'   the last of the changes: whatever is older has been said
--         'some'  changes of which nobody says that they are all
--         'lost'  the last of changes of which not all are said
--
-- Each document that is older becomes a tombstone with the position of its change, so that nothing
-- older can take its place; each is written, so that whoever tracks it hears of it.
--
-- The mark says which changes have been taken in: all after `base` up to `upto`. A document that
-- reflects `base` or later reflects `upto`, as nothing has touched it since. Where changes are
-- missing, `base` moves behind the gap, and what is older is proven up to its own position only.
local from, to = tonumber(ARGV[1]), tonumber(ARGV[2])
local mark = redis.call('HMGET', KEYS[1], 'base', 'upto', 'announced')
if not mark[3] or tonumber(mark[3]) < to then
  redis.call('HSET', KEYS[1], 'announced', ARGV[2])
end
for i = 2, #KEYS, 2 do
  local reflects = redis.call('HGET', KEYS[i], 'reflects')
  if reflects and tonumber(reflects) >= to then
    redis.call('HSET', KEYS[i], 'reflects', reflects)
  else
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 'reflects', ARGV[2])
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
  redis.call('DEL', KEYS[i + 1])
end
local base, upto
if ARGV[5] == 'lost' then
  if not mark[2] or to > tonumber(mark[2]) then
    base, upto = ARGV[2], ARGV[2]
  elseif to > tonumber(mark[1]) then
    base, upto = ARGV[2], mark[2]
  end
elseif ARGV[5] == 'all' then
  if mark[2] and from <= tonumber(mark[2]) and to >= tonumber(mark[1]) then
    base = from < tonumber(mark[1]) and ARGV[1] or mark[1]
    upto = to > tonumber(mark[2]) and ARGV[2] or mark[2]
  elseif not mark[2] or to > tonumber(mark[2]) then
    base, upto = ARGV[1], ARGV[2]
  end
end
if base then
  redis.call('HSET', KEYS[1], 'base', base, 'upto', upto)
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
