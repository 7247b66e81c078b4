import { createCloud } from '@aethex/sdk'

// Whoever serves the game says where its platform is; in development, ?api_key=…&url=… may.
const params = new URLSearchParams(location.search)
const { api_key: apiKey = '', url = '' }: Record<string, string> = params.has('api_key')
  ? Object.fromEntries(params)
  : await (await fetch('/config.json')).json()

// With ?second this tab is a player of its own, so that one person can try both sides.
const ownStorage = params.has('second') ? { storage: sessionStorage } : {}
export const cloud = createCloud({ apiKey, url, ...ownStorage })
export const matchSeconds = Math.max(5, Number(params.get('seconds')) || 60)
