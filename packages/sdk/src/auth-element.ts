import { AuthElement, defineAuthElement } from './auth-element/element.js'

export { AuthElement, defineAuthElement }

defineAuthElement()
