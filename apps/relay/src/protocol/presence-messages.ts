/** To come. */
export const presenceMessages = { client: {}, server: {} }
