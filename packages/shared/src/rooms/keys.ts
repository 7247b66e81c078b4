/** Where rooms of an environment stand in Redis. */
export const keysOf = (environmentId: string) => {
  const space = `rooms:{${environmentId}}`
  return {
    definition: (roomId: string) => `${space}:definition:${roomId}`,
    entry: (roomId: string) => `${space}:entry:${roomId}`,
    closed: (roomId: string) => `${space}:closed:${roomId}`,
    code: (code: string) => `${space}:code:${code}`,
    /** The ids of rooms in lists, by when they were made; gone as soon as the longest living of them would be. */
    listed: `${space}:listed`,
  }
}
