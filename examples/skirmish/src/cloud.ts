import { createCloud } from '@aethex/sdk'

const params = new URLSearchParams(location.search)

// Whoever serves the game says where its platform is; ?api_key=…&url=… overrules that in development.
const config: Record<string, string> = params.has('api_key')
  ? Object.fromEntries(params)
  : await (await fetch('/config.json')).json()

export const cloud = createCloud({
  apiKey: config.api_key ?? '',
  url: config.url ?? '',
  // With ?second this tab is a player of its own, so that one person can try both sides.
  ...(params.has('second') ? { storage: sessionStorage } : {}),
})

export const matchSeconds = Math.max(5, Number(params.get('seconds')) || 60)
