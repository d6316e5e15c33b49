-- onecode: used codes of a venue, version 1. docs/SPEC.md section 14 says what it does.
-- KEYS: the beginning, and for `use` and `undo` the code, then the card and the pass where named.
-- ARGV: the verb, the gate's clock, the name of the question, and for `use` the rest.
local verb, gate, question = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = tonumber(redis.call('TIME')[1])
if math.abs(time - gate) > 240 then
  return 'clock 0 ' .. time
end

-- Which memory this is, and since when it remembers: by its clock, and by the clock of the gate
-- that asked first.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local data = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local memory = run .. '.' .. data
local begun = redis.call('GET', KEYS[1])
if not begun or string.sub(begun, 1, #memory + 1) ~= memory .. '.' then
  begun = memory .. '.' .. question .. ' ' .. time .. ' ' .. gate
  redis.call('SET', KEYS[1], begun)
end
local epoch, since, since_gate = string.match(begun, '^(%S+) (%d+) (%d+)$')
since, since_gate = tonumber(since), tonumber(since_gate)

local function answer(word, ago)
  return table.concat({word, ago, time, since, since_gate, epoch}, ' ')
end

if verb == 'look' then
  return answer('look', 0)
end

if verb == 'undo' then
  for key = 2, #KEYS do
    local kept = redis.call('GET', KEYS[key])
    if kept and string.match(kept, ' (%x+)$') == question then
      redis.call('DEL', KEYS[key])
    end
  end
  return answer('undo', 0)
end

local known, refuse, may = ARGV[4], ARGV[5] == '1', ARGV[6] == '1'
local code_s, wait, slot = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local code, card, pass = KEYS[2], nil, nil
if wait > 0 then card = KEYS[3] end
if slot then pass = KEYS[#KEYS] end

-- What is kept of a use: when it was, and which question told of it. Seconds since then; a use
-- ahead of this clock counts as now, and is put there.
local function ago(key, keep_s)
  local kept = redis.call('GET', key)
  if not kept then return nil end
  local at, by = string.match(kept, '^(%d+) (.*)$')
  if tonumber(at) > time then
    if keep_s then redis.call('SET', key, time .. ' ' .. by, 'EX', keep_s) end
    return 0
  end
  return time - tonumber(at)
end

local used = ago(code)
if used and refuse then return answer('code', used) end
if pass then
  local highest = redis.call('GET', pass)
  local top, at = string.match(highest or '', '^(%d+) (%d+) ')
  if top and slot <= tonumber(top) then
    return answer('code', math.max(time - tonumber(at), 0))
  end
end
if card then
  local last = ago(card, wait + 480)
  if last and last < wait then return answer('card', last) end
end

-- What was used before this memory began is not known here, and nothing is let in by that.
local settle = math.max(540, wait)
local settled = time - since >= settle and gate - since_gate >= settle
local same = known == '' or known == epoch
if refuse and not (may and settled and same) then return answer('begun', 0) end

if not used then redis.call('SET', code, time .. ' ' .. question, 'EX', code_s) end
if card then redis.call('SET', card, time .. ' ' .. question, 'EX', wait + 480) end
if pass then redis.call('SET', pass, slot .. ' ' .. time .. ' ' .. question, 'EX', code_s) end
if used then return answer('code', used) end
return answer('new', 0)
