#compdef ocx
# What zsh offers for `ocx`: ocx is asked, with the words up to the cursor.
_ocx() {
    local answer line
    local -a words_before ended unended
    words_before=("${(@Q)words[1,CURRENT-1]}")
    if ! answer=$(command ocx __complete "${words_before[@]}" "$PREFIX" 2>/dev/null); then
        # It is no word of ocx's.
        _files
        return
    fi
    for line in "${(@f)answer}"; do
        [[ -n $line ]] || continue
        line="${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}"
        # A value follows.
        if [[ $line == *=:* ]]; then
            unended+=("$line")
        else
            ended+=("$line")
        fi
    done
    (( $#ended )) && _describe ocx ended
    (( $#unended )) && _describe ocx unended -S ''
}

if [[ "$funcstack[1]" == _ocx ]]; then
    _ocx "$@"
else
    compdef _ocx ocx
fi
