/** A prepared statement: PostgreSQL plans it once per connection under its name. */
export interface Statement<Row> {
  name: string
  text: string
  /** Never set; carries the row's type. */
  row?: Row
}

/** Declares a statement and the rows it answers. `name` is its id in logs and pg_prepared_statements. */
export const statement = <Row>(name: string, text: string): Statement<Row> => ({ name, text })
