;; Run by Emacs in batch mode, in a project: does with the language server what a user does, and
;; prints one line of JSON for each thing. NEXUS and PLUGIN say where the program and the mode are.

(require 'cl-lib)
(require 'json)
(add-to-list 'load-path (getenv "PLUGIN"))
(require 'eglot)
(require 'nexus-mode)
(setq nexus-program (getenv "NEXUS")
      eglot-sync-connect t
      eglot-send-changes-idle-time 0.01
      eglot-confirm-server-initiated-edits nil
      make-backup-files nil
      create-lockfiles nil)

(defconst patience 30.0)

(defun say (what value)
  (princ (concat (json-encode (list (cons 'what what) (cons 'value value))) "\n")))

(defun wait (what condition)
  (let ((until (+ (float-time) patience)))
    (while (not (funcall condition))
      (when (> (float-time) until)
        (say "gave up" what)
        (kill-emacs 1))
      (accept-process-output nil 0.02)
      (flymake-start))))

(defun at (line text &optional behind)
  (goto-char (point-min))
  (search-forward line)
  (goto-char (line-beginning-position))
  (search-forward text)
  (unless behind (goto-char (match-beginning 0))))

(defun ask (method &rest more)
  (eglot--signal-textDocument/didChange)
  (jsonrpc-request (eglot-current-server) method
                   (append (eglot--TextDocumentPositionParams) more)
                   :timeout patience))

(find-file "nexus.nx")
(say "mode" (symbol-name major-mode))
(font-lock-ensure)
(at "timout" "30s")
(call-interactively #'eglot)
(wait "the server attaches" #'eglot-current-server)

(wait "a diagnostic" #'flymake-diagnostics)
(say "diagnostics" (vconcat (mapcar (lambda (one)
                                      (list (cons 'line (line-number-at-pos (flymake-diagnostic-beg one)))
                                            (cons 'message (flymake-diagnostic-text one))))
                                    (flymake-diagnostics))))
(at "timout" "timout")
(delete-char 6)
(insert "timeout")
(eglot--signal-textDocument/didChange)
(wait "the diagnostic is gone" (lambda () (null (flymake-diagnostics))))
(say "mended" t)

(at "deps" "[ tasks." t)
(let* ((answer (ask :textDocument/completion))
       (items (if (vectorp answer) answer (plist-get answer :items))))
  (say "completion" (vconcat (sort (mapcar (lambda (item) (plist-get item :label)) items) #'string<))))

(at "deps" "build")
(say "hover" (plist-get (plist-get (ask :textDocument/hover) :contents) :value))
(let* ((answer (ask :textDocument/definition))
       (place (if (vectorp answer) (aref answer 0) answer))
       (range (or (plist-get place :range) (plist-get place :targetSelectionRange))))
  (say "definition" (1+ (plist-get (plist-get range :start) :line))))
(eglot-rename "compile")
(say "renamed" (buffer-substring-no-properties (point-min) (point-max)))

(goto-char (point-max))
(insert "tasks.extra   =  {run=\"true\";};\n")
(eglot--signal-textDocument/didChange)
(eglot-format-buffer)
(goto-char (point-max))
(forward-line -1)
(say "formatted" (buffer-substring-no-properties (line-beginning-position) (line-end-position)))
(set-buffer-modified-p nil)
(eglot-shutdown (eglot-current-server))
