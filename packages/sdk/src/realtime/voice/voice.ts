import { createEmitter, type Listenable } from '../../core/emitter.js'
import { AeThexError } from '../../core/error.js'
import { attempt, type Result } from '../../core/result.js'
import type { Store } from '../../core/storage.js'
import type { ServerMessage } from '../../generated/messages.js'
import type { ListenerPose, Position, VoiceEvents } from './events.js'
import type { VoiceDevice } from './microphone.js'
import { createMutedPlayers } from './muted-players.js'
import type { VoicePlatform } from './platform.js'
import type { VoiceSession } from './session.js'
import type { Sound } from './sound.js'
import type { VoiceTransport } from './transport.js'

/** Talking in the room that the player is in, encrypted from microphone to loudspeaker. */
export interface Voice extends Listenable<VoiceEvents> {
  /**
   * Asks for the microphone and joins the voice of the room; `false` leaves it, and so does leaving the room.
   * Call it in answer to a click or a key: browsers let a page sound only then. Errors: `not_signed_in`,
   * `not_in_room`, `room_too_large`, `voice_not_permitted`, `microphone_denied`, `microphone_missing`, `webrtc_missing`,
   * `encryption_missing`, `cancelled`.
   */
  enable(on?: boolean): Promise<Result>
  isEnabled(): boolean
  /** With push-to-talk nothing is sent but between `talk(true)` and `talk(false)`. Off unless set. */
  setPushToTalk(on: boolean): void
  /** The push-to-talk key is down, or up. */
  talk(on: boolean): void
  /** Nothing is sent, whatever the push-to-talk key does. */
  muteSelf(on: boolean): void
  /** Not heard any more, from now on and in later sessions on this device; the other stops sending to this player. */
  mutePlayer(playerId: string, isMuted: boolean): void
  isMuted(playerId: string): boolean
  /** 1 unless set; 0 is silent, up to 4 is louder. */
  setVolume(playerId: string, volume: number): void
  /** Lets a voice come from a place in the world; null for nowhere in particular. Cheap enough for every frame. */
  setPosition(playerId: string, position: Position | null): void
  /** Where this player listens from, for the voices that have a position. */
  setListener(pose: ListenerPose): void
  /** The members that can be talked to now. */
  getMembers(): VoiceMember[]
  /**
   * Forty digits that this player and another see alike, unless somebody between them reads along. For them to
   * compare by another way, such as aloud. Another one each time that either joins; undefined before `joined`.
   */
  getSafetyNumber(playerId: string): string | undefined
  /** Errors: `webrtc_missing`. */
  listDevices(): Promise<Result<{ devices: VoiceDevice[] }>>
  /** The microphone to use, now and when voice is enabled again. Errors: as `enable` for the microphone. */
  useDevice(deviceId: string): Promise<Result>
}

export interface VoiceMember {
  player_id: string
  speaking: boolean
  muted: boolean
  volume: number
}

export interface VoiceParts {
  transport: VoiceTransport
  /** The room joined, and how many are in it. */
  room(): { room_id: string; members: number } | undefined
  /** Who is signed in. */
  playerId(): string | undefined
  /** What the API says: by age and consent. Throws AeThexError `not_signed_in` and what a request may. */
  mayTalk(): Promise<boolean>
  store: Store
  /** Where browsers and tests differ; loaded when voice is first enabled. */
  platform(): Promise<VoicePlatform>
  onError(error: AeThexError): void
  onFault(thrown: unknown): void
}

const loudest = 4

/** What the multiplayer tells voice. */
export interface VoiceEars {
  hear(message: ServerMessage): void
  /** The room is left: so is its voice. */
  leave(): void
  close(): void
}

const notPermitted = () =>
  new AeThexError(
    'voice_not_permitted',
    'Voice is not for this player, by age or for want of consent.',
  )

export function createVoice(parts: VoiceParts): Voice & VoiceEars {
  const { transport } = parts
  const events = createEmitter<VoiceEvents>(parts.onFault)
  const muted = createMutedPlayers(parts.store, parts.playerId)
  const volumes = new Map<string, number>()
  const positions = new Map<string, Position>()
  let pose: ListenerPose | undefined
  let session: VoiceSession | undefined
  let sound: Sound | undefined
  let entering: Promise<void> | undefined
  /** Counts what was asked for: an attempt that is not the newest gives up. */
  let generation = 0
  let deviceId: string | undefined
  let isPushToTalk = false
  let isTalking = false
  let isSelfMuted = false

  const tellError = (error: AeThexError) => {
    if (!events.emit('error', error)) parts.onError(error)
  }
  const isOpen = () => !isSelfMuted && (!isPushToTalk || isTalking)
  const gate = () => session?.setOpen(isOpen())

  function roomNow(): { room_id: string } {
    const room = parts.room()
    if (room === undefined) throw new AeThexError('not_in_room', 'Join a room before voice.')
    if (room.members > transport.capacity) {
      const message = `This room has ${room.members} members, and its voice carries ${transport.capacity}. Larger rooms need a VoiceTransport over an SFU.`
      throw new AeThexError('room_too_large', message)
    }
    return room
  }

  async function enter(mine: number): Promise<void> {
    const assertWanted = () => {
      if (mine !== generation) throw new AeThexError('cancelled', 'Voice was disabled meanwhile.')
    }
    const { room_id: roomId } = roomNow()
    const platform = await parts.platform()
    platform.assertAble()
    const heard = platform.createSound()
    let microphone: MediaStreamTrack | undefined
    try {
      heard.wake()
      if (!(await parts.mayTalk())) throw notPermitted()
      assertWanted()
      microphone = await platform.openMicrophone(deviceId)
      assertWanted()
      if (roomNow().room_id !== roomId) throw new AeThexError('cancelled', 'The room was left.')
      // Closed until the first look at what is wanted, or a press of the key would begin with what came before.
      microphone.enabled = false
      const opened = await platform.openSession({
        roomId,
        playerId: parts.playerId() ?? '',
        transport,
        sound: heard,
        microphone,
        isMuted: muted.has,
        volumeOf: playerId => volumes.get(playerId) ?? 1,
        onJoined: playerId => events.emit('joined', playerId),
        onLeft: playerId => events.emit('left', playerId),
        onSpeaking: (playerId, isSpeaking) => events.emit('speaking', playerId, isSpeaking),
        onReceiver: playerId => heard.setPosition(playerId, positions.get(playerId) ?? null),
        onError: tellError,
      })
      if (mine !== generation) opened.close()
      assertWanted()
      session = opened
      sound = heard
    } catch (thrown) {
      microphone?.stop()
      heard.close()
      throw thrown
    }
    if (pose !== undefined) sound.setListener(pose)
    gate()
    events.emit('enabled', true)
  }

  function enterNow(): Promise<void> {
    const attempted = enter(++generation).finally(() => {
      if (entering === attempted) entering = undefined
    })
    return attempted
  }

  function leave(): void {
    generation++
    entering = undefined
    const ended = session
    session = undefined
    sound = undefined
    isTalking = false
    if (ended === undefined) return
    ended.close()
    events.emit('enabled', false)
  }

  /** Consent that is taken back counts at once, and closes the microphone. */
  function endForbidden(): void {
    if (session === undefined && entering === undefined) return
    leave()
    tellError(notPermitted())
  }

  async function askAgain(): Promise<void> {
    const asked = session
    if (asked !== undefined && !(await parts.mayTalk()) && session === asked) endForbidden()
  }

  return {
    on: events.on,
    hear(message) {
      if (message.type === 'permissions_changed' && !message.permissions.voice) endForbidden()
      // Offline it is asked again after the next gap, and the relay asks at every ticket.
      if (message.type === 'news_gap') askAgain().catch(() => {})
    },
    enable: (on = true) =>
      attempt(async () => {
        if (!on) leave()
        else if (session === undefined) {
          entering ??= enterNow()
          await entering
        }
        return {}
      }),
    isEnabled: () => session !== undefined,
    setPushToTalk(on) {
      isPushToTalk = on
      gate()
    },
    talk(on) {
      isTalking = on
      gate()
    },
    muteSelf(on) {
      isSelfMuted = on
      gate()
    },
    mutePlayer(playerId, isMuted) {
      if (muted.has(playerId) === isMuted) return
      muted.set(playerId, isMuted)
      session?.refresh(playerId)
    },
    isMuted: muted.has,
    setVolume(playerId, volume) {
      volumes.set(playerId, Number.isFinite(volume) ? Math.min(Math.max(volume, 0), loudest) : 1)
      session?.refresh(playerId)
    },
    setPosition(playerId, position) {
      if (position === null) positions.delete(playerId)
      else positions.set(playerId, position)
      sound?.setPosition(playerId, position)
    },
    setListener(next) {
      pose = next
      sound?.setListener(next)
    },
    getMembers: () =>
      (session?.members() ?? []).map(playerId => ({
        player_id: playerId,
        speaking: session?.isSpeaking(playerId) ?? false,
        muted: muted.has(playerId),
        volume: volumes.get(playerId) ?? 1,
      })),
    getSafetyNumber: playerId => session?.safetyNumberOf(playerId),
    listDevices: () =>
      attempt(async () => ({ devices: await (await parts.platform()).listMicrophones() })),
    useDevice: id =>
      attempt(async () => {
        if (session !== undefined) {
          const current = session
          const track = await (await parts.platform()).openMicrophone(id)
          if (session === current) current.replaceMicrophone(track)
          else track.stop()
        }
        deviceId = id
        return {}
      }),
    leave,
    close() {
      leave()
      events.clear()
    },
  }
}
