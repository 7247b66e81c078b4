import { maxJsonDepth } from '@aethex/shared/http'

/** What the driver puts before a sentence instead of JSON, which never begins with it. */
export const refusal = '!'

/**
 * Runs inside the machine, before any code of a studio: takes away what is not pure, and answers the function that
 * leads a document through a step. It holds what the step answers against what JSON can keep, for `stringify` would
 * quietly make `{}` of a Map and `null` of NaN.
 */
export const driver = `(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { isArray } = Array
  const { getPrototypeOf, keys, prototype } = Object
  const nameOf = Function.prototype.call.bind(prototype.toString)
  delete Math.random

  const named = value => {
    if (typeof value !== 'object') return typeof value
    return nameOf(value) === '[object Object]' ? 'an object of a class' : nameOf(value).slice(8, -1)
  }
  const isPlain = value => {
    const parent = getPrototypeOf(value)
    return parent === prototype || parent === null
  }
  // Undefined where all is well; otherwise what is wrong, and where, from the innermost key outwards.
  const flawOf = (value, depth) => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
    if (typeof value === 'number') return value - value === 0 ? undefined : ['is ' + value]
    if (typeof value === 'undefined') return ['is undefined']
    if (typeof value !== 'object') return ['is a ' + named(value)]
    if (depth === ${maxJsonDepth}) return ['is nested more than ${maxJsonDepth} levels deep']
    if (isArray(value)) {
      for (let at = 0; at < value.length; at++) {
        const found = flawOf(value[at], depth + 1)
        if (found) return [...found, '[' + at + ']']
      }
      return undefined
    }
    if (!isPlain(value)) return ['is no plain object but ' + named(value)]
    const names = keys(value)
    for (let at = 0; at < names.length; at++) {
      const member = value[names[at]]
      const found = member === undefined ? undefined : flawOf(member, depth + 1)
      if (found) return [...found, '.' + names[at]]
    }
    return undefined
  }

  return (migrate, text) => {
    const answer = migrate(parse(text))
    if (answer === undefined) return '${refusal}The function answers nothing; return the document.'
    const found = flawOf(answer, 0)
    if (!found) return stringify(answer)
    const [reason, ...path] = found
    return '${refusal}The answer' + path.reverse().join('').slice(0, 200) + ' ' + reason + '.'
  }
})()`
