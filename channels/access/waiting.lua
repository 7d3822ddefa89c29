-- For how many ms KEYS[1] is locked; below 1: not.
return redis.call('PTTL', KEYS[1])
