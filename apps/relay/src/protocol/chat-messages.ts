/** To come. */
export const chatMessages = { client: {}, server: {} }
