# What fish offers for `ocx`: ocx is asked, with the words up to the cursor.
function __ocx_offered
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    if set -l answer (command ocx __complete $before "$current" 2>/dev/null)
        test (count $answer) -gt 0; and printf '%s\n' $answer
    else
        # It is no word of ocx's.
        __fish_complete_path "$current"
    end
end
complete --command ocx --no-files --keep-order --arguments '(__ocx_offered)'
