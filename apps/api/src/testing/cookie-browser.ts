/** A page load: where it leads, and what it shows. */
export interface PageLoad {
  status: number
  /** Absolute; undefined when the page leads nowhere. */
  location: string | undefined
  headers: Headers
  text: string
}

/** What of a browser matters to a sign-in: it follows when told to, and keeps each host's cookies to that host. */
export interface CookieBrowser {
  load(url: string, init?: RequestInit): Promise<PageLoad>
  /** The cookies that a host has set. */
  cookiesFor(url: string): Map<string, string>
}

export function openCookieBrowser(): CookieBrowser {
  const jars = new Map<string, Map<string, string>>()
  const cookiesFor = (url: string) => {
    const { host } = new URL(url)
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const keep = (jar: Map<string, string>, setCookie: string) => {
    const [pair = ''] = setCookie.split(';')
    const [name = '', ...value] = pair.split('=')
    if (/max-age=0/i.test(setCookie)) jar.delete(name)
    else jar.set(name, value.join('='))
  }
  return {
    cookiesFor,
    async load(url, init = {}) {
      const jar = cookiesFor(url)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...Object.fromEntries(new Headers(init.headers)), cookie }
      const answer = await fetch(url, { ...init, redirect: 'manual', headers })
      for (const line of answer.headers.getSetCookie()) keep(jar, line)
      const leadsTo = answer.headers.get('location')
      return {
        status: answer.status,
        location: leadsTo === null ? undefined : new URL(leadsTo, url).href,
        headers: answer.headers,
        text: await answer.text(),
      }
    },
  }
}
