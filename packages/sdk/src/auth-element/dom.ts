type Child = Node | string | undefined | false

type Props = Record<string, string | boolean | undefined | ((event: Event) => void)>

/** Makes an element. Text goes in as text, so nothing that anybody wrote becomes markup. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (typeof value === 'string') element.setAttribute(name, value)
  }
  for (const child of children) if (child) element.append(child)
  return element
}

/** A field with its label and, if there is one, a hint that screen readers read with it. */
export function field(
  label: string,
  props: Props & { name: string; type: string },
  hint?: string,
): HTMLElement {
  const { name } = props
  const described = hint === undefined ? undefined : `${name}-hint`
  return h(
    'div',
    { class: 'field' },
    h('label', { for: name }, label),
    h('input', { id: name, required: true, ...props, 'aria-describedby': described }),
    hint !== undefined && h('p', { class: 'hint', id: `${name}-hint` }, hint),
  )
}

export const inputOf = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}
