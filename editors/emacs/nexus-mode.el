;;; nexus-mode.el --- Major mode for Nexus files  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0 OR MIT
;; Version: 0.1.0
;; Keywords: languages, tools
;; Package-Requires: ((emacs "27.1"))

;;; Commentary:

;; Editing `.nx' files: colours, indentation, comments, running tasks, and the language server
;; through eglot (part of Emacs since 29, a package before).

;;; Code:

(require 'compile)

(defgroup nexus nil
  "Editing Nexus files."
  :group 'languages)

(defcustom nexus-program "nexus"
  "The program: a name to be found in `exec-path', or a path."
  :type 'string
  :group 'nexus)

(defcustom nexus-indent-offset 2
  "By how many columns each level is indented."
  :type 'integer
  :group 'nexus)

(defconst nexus--name "[A-Za-z_][A-Za-z0-9_'-]*")

(defvar nexus-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?- "_" table)
    (modify-syntax-entry ?' "_" table)
    (modify-syntax-entry ?/ ". 14b" table)
    (modify-syntax-entry ?* ". 23b" table)
    (dolist (sign '(?+ ?= ?< ?> ?! ?& ?| ?? ?@ ?. ?, ?: ?\;))
      (modify-syntax-entry sign "." table))
    table)
  "Syntax of `.nx'.")

(defun nexus--syntax-propertize (start end)
  "Mark the delimiters of strings of several lines between START and END."
  (goto-char start)
  (while (search-forward "''" end t)
    (let* ((from (- (point) 2))
           (state (save-excursion (syntax-ppss from)))
           (inside (eq (nth 3 state) t)))
      (cond
       ((nth 4 state))
       ((and (nth 3 state) (not inside)))
       ;; `''$', `''\'' and `''\\n' are text.
       ((and inside (memq (char-after) '(?$ ?' ?\\)))
        (forward-char 1))
       (t
        (put-text-property (if inside (1+ from) from) (if inside (+ 2 from) (1+ from))
                           'syntax-table (string-to-syntax "|")))))))

(defvar nexus-font-lock-keywords
  `((,(regexp-opt '("if" "then" "else" "let" "in" "with" "inherit" "assert" "rec" "or" "as") 'symbols)
     . font-lock-keyword-face)
    (,(concat "^\\s-*\\(type\\)\\s-+\\(" nexus--name "\\)")
     (1 font-lock-keyword-face) (2 font-lock-type-face))
    (,(regexp-opt '("true" "false" "null") 'symbols) . font-lock-constant-face)
    (,(regexp-opt '("import" "env" "glob" "std" "throw") 'symbols) . font-lock-builtin-face)
    (,(regexp-opt '("Int" "Float" "Bool" "String" "Path" "Duration" "Size" "Null" "Any") 'symbols)
     . font-lock-type-face)
    (,(concat "\\(" nexus--name "\\)\\s-*\\(?:=[^=]\\|=$\\)") 1 font-lock-variable-name-face)
    ("\\_<[0-9]+[A-Za-z0-9.]*\\_>" . font-lock-constant-face)
    ("\\.\\.?/[A-Za-z0-9._+/@~-]*" . font-lock-string-face)
    ("\\${[^}\n]*}" 0 font-lock-variable-name-face prepend))
  "What is coloured how.")

(defun nexus-indent-line ()
  "Indent the current line by how many brackets are open before it."
  (interactive)
  (let* ((state (save-excursion (syntax-ppss (line-beginning-position))))
         (column (current-column))
         (text (current-indentation)))
    (unless (nth 3 state)
      (let ((depth (car state)))
        (save-excursion
          (back-to-indentation)
          (when (looking-at "[]})]")
            (setq depth (1- depth))))
        (indent-line-to (* nexus-indent-offset (max 0 depth)))
        (when (> column text)
          (move-to-column (+ (current-indentation) (- column text))))))))

(defun nexus--root ()
  "The folder of the project around the current file."
  (or (locate-dominating-file default-directory "nexus.nx") default-directory))

(defun nexus--tasks ()
  "The tasks of the project, by name."
  (let ((default-directory (nexus--root)))
    (with-temp-buffer
      (when (eq 0 (process-file nexus-program nil '(t nil) nil "list" "--format" "json"))
        (goto-char (point-min))
        (mapcar (lambda (one) (gethash "task" one))
                (json-parse-buffer :array-type 'list))))))

(defun nexus-run (task)
  "Run TASK of the project around the current file."
  (interactive (list (completing-read "Task: " (nexus--tasks))))
  (let ((default-directory (nexus--root)))
    (compile (mapconcat #'shell-quote-argument (list nexus-program "run" "--plain" task) " "))))

(add-to-list 'compilation-error-regexp-alist-alist
             '(nexus "^ *[,╭][-─]+\\[ \\(.+\\):\\([0-9]+\\):\\([0-9]+\\) \\]$" 1 2 3))
(add-to-list 'compilation-error-regexp-alist 'nexus)

(defvar nexus-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'nexus-run)
    map)
  "Keys of `nexus-mode'.")

;;;###autoload
(define-derived-mode nexus-mode prog-mode "Nexus"
  "Major mode for `.nx' files."
  :syntax-table nexus-mode-syntax-table
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+\\s-*")
  (setq-local indent-line-function #'nexus-indent-line)
  (setq-local indent-tabs-mode nil)
  (setq-local electric-indent-chars (append "}])" electric-indent-chars))
  (setq-local syntax-propertize-function #'nexus--syntax-propertize)
  (setq-local font-lock-defaults '(nexus-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.nx\\'" . nexus-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               (cons 'nexus-mode (lambda (&rest _) (list nexus-program "lsp")))))

(defvar project-vc-extra-root-markers)

(provide 'nexus-mode)
;;; nexus-mode.el ends here
