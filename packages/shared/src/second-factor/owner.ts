/** Whose factors: the values of the key columns in their order, [environment, player] or [member]. */
export type Owner = readonly string[]

/** `a = $1 AND b = $2` for the key columns of an owner. */
export const isOwned = (columns: readonly string[]) =>
  columns.map((column, index) => `${column} = $${index + 1}`).join(' AND ')

/** `$1::uuid, $2::uuid` for as many key columns. */
export const ownerValues = (columns: readonly string[]) =>
  columns.map((_, index) => `$${index + 1}::uuid`).join(', ')
