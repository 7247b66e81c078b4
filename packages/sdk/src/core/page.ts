type Target = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

function listen(target: Target, name: string, run: (event: Event) => void): () => void {
  // Outside a browser the global is no event target.
  if (typeof target.addEventListener !== 'function') return () => {}
  target.addEventListener(name, run)
  return () => target.removeEventListener(name, run)
}

/** Runs when the page goes out of sight: the last moment at which a browser surely lets it work. */
export function onPageHide(run: () => void): () => void {
  const stops = [listen(globalThis, 'pagehide', run)]
  if (typeof document !== 'undefined') {
    const whenHidden = () => {
      if (document.visibilityState === 'hidden') run()
    }
    stops.push(listen(document, 'visibilitychange', whenHidden))
  }
  return () => {
    for (const stop of stops) stop()
  }
}

/** Runs when the browser says that the network is back. */
export const onOnline = (run: () => void): (() => void) => listen(globalThis, 'online', run)

/** Runs when another tab has changed this key of the storage. */
export const onStoredElsewhere = (key: string, run: () => void): (() => void) =>
  listen(globalThis, 'storage', event => {
    // A null key means that the whole storage was emptied.
    if (!('key' in event) || event.key === key || event.key === null) run()
  })

/** Whether the browser knows that there is no network. It never surely knows that there is one. */
export const isOffline = () => typeof navigator !== 'undefined' && navigator.onLine === false

interface NodeProcess {
  on(event: 'beforeExit', run: () => void): unknown
  off(event: 'beforeExit', run: () => void): unknown
}

/** Runs each time a Node process has nothing left to do. */
export function onIdleProcess(run: () => void): () => void {
  const { process } = globalThis as { process?: Partial<NodeProcess> }
  process?.on?.('beforeExit', run)
  return () => void process?.off?.('beforeExit', run)
}
