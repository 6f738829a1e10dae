"""The pages: one module a family, plain templates, every figure also as a table without JavaScript."""
