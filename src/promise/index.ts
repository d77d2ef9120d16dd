export const Governor: any = undefined
