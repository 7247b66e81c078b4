import { violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'

const takenBy: Record<string, 'email_taken' | 'username_taken'> = {
  player_email_environment_id_email_key_key: 'email_taken',
  player_environment_id_username_key_key: 'username_taken',
  player_environment_id_username_skeleton_key: 'username_taken',
}

/** The 409 behind a unique violation; other errors come back unchanged. */
export function asTaken(error: unknown): unknown {
  const code = takenBy[violatedConstraint(error) ?? '']
  return code === undefined ? error : new Problem(code)
}
