/** The Redis that labs share their state in, as this server looks after it: it only asks whether it answers. */

export interface ConfiguredStore {
  isReachable(): Promise<boolean>;
  close(): void;
}

/** @returns `undefined` where none is configured */
export async function openConfiguredStore(redisUrl: string | undefined): Promise<ConfiguredStore | undefined> {
  if (redisUrl === undefined) return undefined;
  const { redis } = await import('../transport/backplane/redis.ts');
  const backplane = redis({ url: redisUrl });
  return {
    isReachable: () =>
      backplane.ping().then(
        () => true,
        () => false,
      ),
    close: () => backplane.close(),
  };
}
