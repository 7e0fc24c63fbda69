// KIND: curl.share
OPEN
{
    CURLSH *share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    return (intptr_t)share;
}
CLOSE { curl_share_cleanup((CURLSH *)handle); }
