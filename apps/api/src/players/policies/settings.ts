import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

/** What happens to players who have not accepted a policy that wants it. */
export const enforcement = setting({
  name: 'policies.enforcement',
  summary: 'What happens to players who have not accepted the policies in force.',
  shape: z.strictObject({
    /**
     * `off` asks nobody. `prompt` leaves it to the game to ask. `required` refuses them everywhere but where they
     * sign in, accept, and decide about their data, and refuses registrations that do not come with an acceptance.
     */
    mode: z.enum(['off', 'prompt', 'required']).default('off'),
  }),
})
