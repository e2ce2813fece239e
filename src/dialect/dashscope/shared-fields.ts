/** The name of the dialect. */
export const dialectName = "dashscope";
