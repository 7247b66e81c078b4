import { QueueSettings } from '@aethex/shared/matchmaking'
import { setting } from '../../gateway/setting.js'

export const matchmakingQueues = setting({
  name: 'matchmaking.queues',
  summary:
    'The queues of matchmaking: teams, roles, regions, and the rules that give way over time.',
  shape: QueueSettings,
})
