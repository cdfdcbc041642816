/** Global setup of the suites that run on Redis: one server for all their files, each test under a prefix of its own. */

import { startRedis } from './redis.ts';

export default async function redisForAll(): Promise<() => PromiseLike<void>> {
  const redis = await startRedis();
  process.env.TESTS_REDIS_URL = redis.url;
  return () => redis[Symbol.asyncDispose]();
}
