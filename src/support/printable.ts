/** Text from elsewhere for one line of a terminal: line breaks, escape sequences and other control characters become spaces. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
