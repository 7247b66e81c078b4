/** To come. */
export const signalMessages = { client: {}, server: {} }
