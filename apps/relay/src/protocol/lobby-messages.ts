/** To come. */
export const lobbyMessages = { client: {}, server: {} }
