import { defineSaveConflictElement, SaveConflictElement } from './save-dialog/element.js'

export type { SaveDialogOptions } from './save-dialog/element.js'
export { defineSaveConflictElement, SaveConflictElement }

defineSaveConflictElement()
