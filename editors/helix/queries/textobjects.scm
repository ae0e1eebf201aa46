(lambda body: (_) @function.inside) @function.around
(comment) @comment.inside
(comment)+ @comment.around
(binding value: (_) @entry.inside) @entry.around
