/**
 * Where a device keeps its copies of saves and what waits to be sent. Three are there: `createIndexedStore` (browsers),
 * `createFileStore` (Node) and `createMemoryStore`; a game may bring its own. Keys are texts such as
 * `<player>/<slot>/record`. Every call may reject, when the device is full or does not allow it.
 */
export interface SaveStore {
  /** Whether what was written outlives this process. */
  readonly lasts: boolean
  read(key: string): Promise<Uint8Array | undefined>
  /** Whole or not at all, also when the power fails in between; resolves when it lasts. */
  write(key: string, bytes: Uint8Array): Promise<void>
  /** A key that is not there counts as removed. */
  remove(key: string): Promise<void>
  /** The keys that begin with `prefix`, which is empty or ends in a slash. */
  keys(prefix: string): Promise<string[]>
  /** One piece of work at a time under a name, among all tabs or processes that share the store. */
  lock<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Says something to the others who share the store. */
  tell(message: string): void
  /** Hears what others tell; answers the function that ends it. */
  onTold(listener: (message: string) => void): () => void
  close(): void
}
