/** English; whole words, in small letters. */
export const english = `
  arsehole asshole assholes bastard bastards bitch bitches bollocks bullshit cocksucker cocksuckers cunt cunts
  dickhead dickheads dumbass fag faggot faggots fags fuck fucked fucker fuckers fuckin fucking fucks jackass kikes
  motherfucker motherfuckers motherfucking nigga niggas nigger niggers paki pussy retarded retards shit shits
  shitty slut sluts tranny twat twats wank wanker wankers whore whores
`
  .trim()
  .split(/\s+/)
