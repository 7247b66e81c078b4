/** Spanish; whole words, in small letters. */
export const spanish = `
  cabrón cabrona cabrones chingada chingado chingar coño culero culeros gilipollas hijoputa hijueputa joder
  malparida malparido maricón maricones marica mierda mierdas pendeja pendejo pendejos pinga polla puta putas puto putos
  sudaca sudacas verga
`
  .trim()
  .split(/\s+/)
