/** French; whole words, in small letters. */
export const french = `
  bâtard bâtards bordel bougnoule bougnoules branleur branleurs connard connarde connards connasse connasses
  enculé enculés enculer enfoiré enfoirés fdp merde merdes niquer nique ntm pédé pédés pouffiasse
  putain pute putes salaud salauds salope salopes tarlouze youpin youpins
`
  .trim()
  .split(/\s+/)
