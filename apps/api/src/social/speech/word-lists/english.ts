/** English; whole words, in small letters. */
export const english = `
  arsehole asshole assholes bastard bastards bitch bitches bollocks bullshit cocksucker cocksuckers cunt cunts
  dickhead dickheads dipshit dipshits dumbass fag faggot faggots fags fuck fucked fucker fuckers fuckface fuckin
  fucking fuckoff fucks fuckyou jackass kikes motherfucker motherfuckers motherfucking nigga niggas nigger niggers
  paki pussy retarded shit shithead shits shitty slut sluts tranny twat twats wank wanker wankers whore whores
`
  .trim()
  .split(/\s+/)
